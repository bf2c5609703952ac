"""People and courses as Cairn knows them, whatever an LMS calls them."""
