"""Who may see it? The page and files of an award, as its earner wishes."""
