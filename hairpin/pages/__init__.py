"""The web pages that `hairpin up` serves: plain HTML, CSS and ES modules, with nothing from anywhere else."""
