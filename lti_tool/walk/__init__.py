"""The main job without a browser: a tool and a practice LMS of one's own, over real HTTP."""
