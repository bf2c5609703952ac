"""The cases of LTI 1.3 and LTI Advantage as things that can be run against a tool, from outside."""
