from .experiment import NasExperiment
