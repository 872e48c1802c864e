# The membership's rules in a model checker (tests/model), spin: all that can happen to three nodes, within bounds.

# Checks the models completely within small bounds; each rule's mutant must fail.
.PHONY: model
model:
	@tests/model/run.sh quick

# The same within larger bounds: up to 4 GB of memory, and minutes.
.PHONY: model-full
model-full:
	@tests/model/run.sh full
