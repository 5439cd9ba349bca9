class NasExperiment:
    def __init__(self, model_space, evaluator, strategy):
        self.stored = (model_space, evaluator, strategy)

    def run(self, port):
        return launch(self.stored, port)
