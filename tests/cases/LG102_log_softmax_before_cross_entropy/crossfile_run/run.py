def train(model, loader, epoch, optimizer, criterion, device):
    model.train()
    for data, target in loader:
        data, target = data.to(device=device), target.to(device=device)
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)  # expect: LG102
        loss.backward()
        optimizer.step()
