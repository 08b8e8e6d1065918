"""Evidence packages: everything that a court needs to judge a licence or an extract, as the files of one folder."""
