using System.Security.Cryptography;

namespace McpOperator.Proxy.Sessions;

/// <summary>
/// The keys of session ids: one seals, and it, those before it and the one that comes next open, so that a rotation ends no session although
/// pods read it at different times. Read from a mounted file, the others from the files beside it that are called <c>next</c> and
/// <c>previous</c>.
/// </summary>
internal sealed class SessionKeys : BackgroundService
{
    private const int KeyBytes = 32;
    private const int Most = 4;
    private static readonly string[] Others = ["next", "previous"];
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly byte[] Purpose = "mcp-proxy session v1"u8.ToArray();

    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly ILogger<SessionKeys> _log;
    private volatile IReadOnlyList<byte[]> _keys = [];

    public SessionKeys(string? path, TimeProvider time, ILogger<SessionKeys> log)
    {
        (_path, _time, _log) = (path, time, log);
        Look();
        if (_keys.Count == 0)
        {
            _keys = [RandomNumberGenerator.GetBytes(KeyBytes)];
            if (path is not null)
            {
                log.LogWarning("There is no session key in {File}: session ids are sealed by a key of this process, and other pods do not know it", path);
            }
        }
    }

    /// <summary>The keys, the one that seals first; never empty.</summary>
    public IReadOnlyList<byte[]> Current => _keys;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        while (_path is not null && await timer.WaitForNextTickAsync(stoppingToken))
        {
            Look();
        }
    }

    /// <summary>Reads the files again.</summary>
    internal void Look()
    {
        if (_path is null)
        {
            return;
        }

        // Without it, another must not take its place: a session key that is half written seals nothing.
        if (Read(_path) is { } key)
        {
            var others = Others.Select(name => Read(Path.Combine(Path.GetDirectoryName(_path) ?? "", name))).OfType<byte[]>();
            _keys = [.. others.Prepend(key).Concat(_keys).DistinctBy(Convert.ToHexString).Take(Most)];
        }
    }

    private byte[]? Read(string path)
    {
        try
        {
            var secret = File.ReadAllBytes(path);
            return secret.Length >= 16 ? HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyBytes, info: Purpose) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (e is not (FileNotFoundException or DirectoryNotFoundException))
            {
                _log.LogWarning("The session key cannot be read: {Problem}", e.Message);
            }

            return null;
        }
    }
}
