namespace McpOperator.Identity;

/// <summary>
/// One issuer's keys, kept in memory. They are read again from time to time and when a token names a key that is not known, but at most every
/// so often, whatever names tokens bring. While the issuer is away, the keys known so far stay good.
/// </summary>
internal sealed class IssuerKeys(KeySource source, string issuer, string? jwksUri, TimeProvider time)
{
    /// <summary>A key that the issuer has taken back is good for this long.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>Tokens with names of keys that nobody knows make us ask this often and no more.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>The same before any keys are known.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private volatile IReadOnlyList<SigningKey>? _keys;
    private long _readAt;
    private long? _triedAt;
    private Task? _reading;

    /// <summary>The issuer.</summary>
    public string Issuer => issuer;

    /// <summary>Where its keys are, if the configuration says so.</summary>
    public string? JwksUri => jwksUri;

    /// <summary>Why the keys could not be read the last time; nothing when they could.</summary>
    public string? Problem { get; private set; }

    /// <summary>The keys as they were read last; nothing while none are known.</summary>
    public IReadOnlyList<SigningKey>? Known => _keys;

    /// <summary>Begins to read the keys again when they are old. Nobody has to wait for it.</summary>
    public void KeepFresh()
    {
        if (time.GetElapsedTime(_readAt) > Fresh)
        {
            _ = ReadAgain();
        }
    }

    /// <summary>Finds the keys that a token can be signed with.</summary>
    /// <param name="id">The key's name; nothing when the token does not say.</param>
    /// <param name="algorithm">The token's algorithm.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <returns>The keys; nothing when the issuer's keys are not known at all.</returns>
    public async ValueTask<IReadOnlyList<SigningKey>?> FindAsync(string? id, SignatureAlgorithm algorithm, CancellationToken ct)
    {
        var found = Find(id, algorithm);
        if (found is { Count: > 0 })
        {
            KeepFresh();
            return found;
        }

        if (ReadAgain() is { } reading)
        {
            await reading.WaitAsync(ct);
        }

        return Find(id, algorithm);
    }

    private List<SigningKey>? Find(string? id, SignatureAlgorithm algorithm)
    {
        if (_keys is not { } keys)
        {
            return null;
        }

        var found = new List<SigningKey>();
        foreach (var key in keys)
        {
            if ((id is null || key.Id == id) && key.Suits(algorithm))
            {
                found.Add(key);
            }
        }

        return found;
    }

    /// <summary>Begins to read, unless that was done a moment ago; all who want to know wait for the same answer.</summary>
    private Task? ReadAgain()
    {
        lock (_gate)
        {
            if (_reading is { IsCompleted: false })
            {
                return _reading;
            }

            var pause = _keys is null ? FirstPause : Pause;
            if (_triedAt is { } tried && time.GetElapsedTime(tried) < pause)
            {
                return null;
            }

            _triedAt = time.GetTimestamp();
            return _reading = Task.Run(ReadAsync);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var keys = await source.ReadAsync(issuer, jwksUri, CancellationToken.None);
            (_keys, _readAt, Problem) = (keys, time.GetTimestamp(), null);
        }
        catch (Exception e)
        {
            // Whatever it is, the keys known so far stay good.
            Problem = e.Message;
        }
    }
}
