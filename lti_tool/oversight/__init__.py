"""Oversight: how is it going, for those who run a program?"""
