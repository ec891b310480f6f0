namespace McpOperator.Proxy.Serving;

/// <summary>
/// The end of the proxy's life: no longer ready, streams without end are ended at once so that clients open them elsewhere, and requests
/// that are being answered may finish.
/// </summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _streams = new();

    /// <summary>Whether it has begun.</summary>
    public bool HasBegun => _streams.IsCancellationRequested;

    /// <summary>Ends streams.</summary>
    public CancellationToken Streams => _streams.Token;

    /// <summary>Begins it.</summary>
    public void Begin() => _streams.Cancel();

    public void Dispose() => _streams.Dispose();
}
