using System.Collections.Concurrent;

namespace McpOperator.Signatures.Caching;

/// <summary>Lets those who ask the same thing at once share one answer.</summary>
internal sealed class SingleFlight
{
    private readonly ConcurrentDictionary<string, Lazy<Task<SignatureVerdict>>> _flights = new(StringComparer.Ordinal);

    /// <summary>Joins the flight of that key, or starts it. A caller who gives up does not end it for the others.</summary>
    public async Task<SignatureVerdict> RunAsync(string key, Func<Task<SignatureVerdict>> fly, CancellationToken cancellationToken)
    {
        var mine = new Lazy<Task<SignatureVerdict>>(() => Task.Run(() => LandAsync(key, fly)));
        var flight = _flights.GetOrAdd(key, mine);
        if (flight != mine)
        {
            SignatureMetrics.Hit("joined");
        }

        return await flight.Value.WaitAsync(cancellationToken);
    }

    private async Task<SignatureVerdict> LandAsync(string key, Func<Task<SignatureVerdict>> fly)
    {
        try
        {
            return await fly();
        }
        finally
        {
            _flights.TryRemove(key, out _);
        }
    }
}
