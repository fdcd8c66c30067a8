"""The tensor side of swerl: a trainer and a policy server over one torch model."""

__version__ = "0.1.0"
