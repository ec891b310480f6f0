using System.Collections.Concurrent;
using System.Security.Cryptography;
using McpOperator.Protocol;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Translation;

/// <summary>A request of a stateless client whose server waits for an answer of the client's.</summary>
internal sealed class WaitingRequest(IServerSession server, IAsyncEnumerator<ReadOnlyMemory<byte>> parts, CancellationTokenSource end, string poolKey, byte[] digest) : IAsyncDisposable
{
    public IServerSession Server => server;

    /// <summary>What is still to come of the server's answer.</summary>
    public IAsyncEnumerator<ReadOnlyMemory<byte>> Parts => parts;

    /// <summary>Ends the request at the server.</summary>
    public CancellationTokenSource End => end;

    /// <summary>To whom the session may be given next.</summary>
    public string PoolKey => poolKey;

    /// <summary>Which request it is: only a retry of the same one goes on with it.</summary>
    public byte[] Digest => digest;

    /// <summary>The id under which the server knows the request.</summary>
    public required ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>The server's requests that are not answered yet.</summary>
    public List<ReadOnlyMemory<byte>> Open { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        try
        {
            await parts.DisposeAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or ServerSessionException or IOException or NotSupportedException)
        {
            // It was cut off.
        }

        await server.DisposeAsync();
        end.Dispose();
    }

    /// <summary>Which request this is, whatever its id and whatever answers it brings.</summary>
    public static byte[] DigestOf(ReadOnlyMemory<byte> message)
    {
        var parameters = JsonText.Member(message, "params");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (ReadOnlyMemory<byte>[])[JsonText.Member(message, "method"), JsonText.Member(parameters, McpParams.Name), JsonText.Member(parameters, McpParams.Uri), JsonText.Member(parameters, McpParams.Arguments)])
        {
            hash.AppendData(part.Span);
            hash.AppendData("\n"u8);
        }

        return hash.GetHashAndReset();
    }
}

/// <summary>All of them in this pod; one to which nobody comes back is given up.</summary>
internal sealed class WaitingRequests(TimeProvider time) : IAsyncDisposable
{
    private const int Most = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (WaitingRequest Request, ITimer Timer)> _waiting = new(StringComparer.Ordinal);

    /// <summary>Keeps one.</summary>
    /// <returns>Its key; nothing when there are too many.</returns>
    public string? Add(WaitingRequest request)
    {
        if (_waiting.Count >= Most)
        {
            return null;
        }

        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _waiting[key] = (request, time.CreateTimer(_ => _ = Take(key)?.DisposeAsync().AsTask(), null, Patience, Timeout.InfiniteTimeSpan));
        return key;
    }

    /// <summary>Takes one away; nobody else gets it.</summary>
    public WaitingRequest? Take(string key)
    {
        if (!_waiting.TryRemove(key, out var found))
        {
            return null;
        }

        found.Timer.Dispose();
        return found.Request;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var key in _waiting.Keys)
        {
            if (Take(key) is { } request)
            {
                await request.DisposeAsync();
            }
        }
    }
}
