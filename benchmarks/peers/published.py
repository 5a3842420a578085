"""The game with the settings that were published, in a plain loop of our own."""

from __future__ import annotations

from benchmarks.peers.peer import Array, Fitted, Told, one_by_one


def published_game(X: Array, *, n_epochs: int = 150, n_average: int = 25) -> Array:
    """Estimate a location by a game with the settings of [1]_ for ``shift.5`` at 50,000 × 100.

    LeakyReLU, 20 hidden units, batches of 500 from a data loader, five discriminator steps to one
    of the generator, average of the last epochs.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_epochs, n_average : int
        How many, and how many of the last are averaged.

    Returns
    -------
    location : ndarray of shape (n_features,)

    References
    ----------
    .. [1] Gao, C., Liu, J., Yao, Y. and Zhu, W. (2019). Robust estimation and generative
       adversarial nets. ICLR. doi:10.48550/arXiv.1810.02030
    """
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    p = X.shape[1]
    torch.manual_seed(0)
    rows = torch.from_numpy(X).float()
    location = nn.Parameter(rows.median(dim=0).values)
    network = nn.Sequential(nn.Linear(p, 20), nn.LeakyReLU(0.1), nn.Linear(20, 1))
    for layer in network[::2]:
        nn.init.xavier_uniform_(layer.weight)
    on_network = torch.optim.SGD(network.parameters(), lr=0.2)
    on_location = torch.optim.SGD([location], lr=0.02)
    loss = nn.BCEWithLogitsLoss()
    loader = DataLoader(TensorDataset(rows), batch_size=500, shuffle=True)
    kept, n_steps = [], 0
    for epoch in range(n_epochs):
        for (real,) in loader:
            ones = torch.ones(len(real), 1)
            network.zero_grad()
            fake = (torch.randn_like(real) + location).detach()
            (loss(network(real), ones) + loss(network(fake), 0 * ones)).backward()
            on_network.step()
            n_steps += 1
            if n_steps % 5:
                continue
            on_location.zero_grad()
            loss(network(torch.randn_like(real) + location), ones).backward()
            on_location.step()
        if epoch >= n_epochs - n_average:
            kept.append(location.detach().clone())
    return torch.stack(kept).mean(dim=0).double().numpy()


def _published(X: Array, told: Told) -> Fitted:
    return Fitted(published_game(X))


PEERS = {"published game": one_by_one(_published)}
