using System.Collections.Concurrent;

namespace McpOperator.Signatures.Registry;

/// <summary>Tokens of registries until they end, by registry, repository and credentials.</summary>
internal sealed class TokenCache(TimeProvider time)
{
    private const int Most = 1000;
    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Ends)> _tokens = new(StringComparer.Ordinal);

    public string? Find(string key) => _tokens.TryGetValue(key, out var found) && found.Ends > time.GetUtcNow() ? found.Token : null;

    /// <summary>Keeps a token, save for its last 10 seconds, in which it might end on the way.</summary>
    public void Keep(string key, string token, int seconds)
    {
        if (_tokens.Count >= Most)
        {
            _tokens.Clear();
        }

        _tokens[key] = (token, time.GetUtcNow().AddSeconds(Math.Clamp(seconds, 0, 3600) - 10));
    }

    public void Forget(string key) => _tokens.TryRemove(key, out _);
}
