"""Ratings (好差评): one for each case and channel, by its applicant; bad ones are answered."""
