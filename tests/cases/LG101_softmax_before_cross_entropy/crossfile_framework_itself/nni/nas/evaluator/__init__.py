class Evaluator:
    def evaluate(self, model):
        raise NotImplementedError


class OfFunction(Evaluator):
    def __init__(self, function):
        self.function = function

    def evaluate(self, model):
        return self.function(model)
