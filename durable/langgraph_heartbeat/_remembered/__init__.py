"""What a phase remembers besides calls of models: tools, streams, retrievers, embeddings and functions."""
