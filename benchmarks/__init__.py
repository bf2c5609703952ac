"""Measurements that are run by hand, each against something to compare with."""
