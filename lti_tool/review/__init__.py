"""The judgement: an assessor recommends, a different person decides."""
