namespace McpOperator.Proxy.Serving;

/// <summary>
/// The end of the proxy's life: no longer ready, streams without end are ended at once so that clients open them elsewhere, and requests
/// that are being answered may finish. Until then the server in the same pod has to stay, though it is told to stop at the same moment: the
/// kubelet holds that back by asking here first (Kubernetes, "Container Lifecycle Hooks").
/// </summary>
internal sealed class Drain : IDisposable
{
    /// <summary>Who asks for a container that is started anew by itself waits for nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _streams = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;

    /// <summary>Whether it has begun.</summary>
    public bool HasBegun => _streams.IsCancellationRequested;

    /// <summary>Ends streams.</summary>
    public CancellationToken Streams => _streams.Token;

    /// <summary>Begins it.</summary>
    public void Begin()
    {
        _begun.TrySetResult();
        _streams.Cancel();
    }

    /// <summary>Answers a client's request, which the end waits for.</summary>
    public async Task ServeAsync(Func<Task> answer)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            await answer();
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    /// <summary>Waits until no client's request is being answered, and lets the server go.</summary>
    /// <param name="longest">How long to wait.</param>
    /// <returns>Whether all were answered.</returns>
    public async Task<bool> EndAsync(TimeSpan longest)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Volatile.Read(ref _requests) > 0 && TimeProvider.System.GetElapsedTime(began) < longest)
        {
            await Task.Delay(20);
        }

        _ended.TrySetResult();
        return Volatile.Read(ref _requests) == 0;
    }

    /// <summary>Answers the kubelet when the server may go.</summary>
    public async Task HoldAsync(HttpContext http)
    {
        await Task.WhenAny(_begun.Task, Task.Delay(Patience, http.RequestAborted));
        if (HasBegun)
        {
            await _ended.Task.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Text.WriteAsync(http, StatusCodes.Status200OK, "drained");
    }

    public void Dispose() => _streams.Dispose();
}
