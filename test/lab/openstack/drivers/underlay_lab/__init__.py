"""Drivers of the lab: what OpenStack's services need where no hardware is."""
