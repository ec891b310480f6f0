using System.Security.Cryptography.X509Certificates;

namespace McpOperator.Kube;

/// <summary>With what a request proves who we are.</summary>
/// <param name="Authorization">The Authorization header; null when the certificate is all.</param>
/// <param name="Certificate">The client certificate, if there is one.</param>
internal sealed record Credential(string? Authorization, X509Certificate2? Certificate)
{
    public static Credential None { get; } = new(null, null);
}

/// <summary>Where credentials come from. Safe for concurrent use.</summary>
internal abstract class CredentialSource
{
    /// <summary>Whether a refused credential may be replaced by asking again.</summary>
    public abstract bool CanRefresh { get; }

    /// <summary>The present credential.</summary>
    /// <param name="refused">A credential that the API server refused (401): do not return it again from a cache.</param>
    /// <param name="ct">Stops waiting.</param>
    public abstract ValueTask<Credential> GetAsync(Credential? refused, CancellationToken ct);
}

/// <summary>A credential that never changes.</summary>
internal sealed class StaticCredentials(Credential credential) : CredentialSource
{
    public override bool CanRefresh => false;

    public override ValueTask<Credential> GetAsync(Credential? refused, CancellationToken ct) => new(credential);
}

/// <summary>
/// A token or a certificate in files that somebody replaces from time to time; re-read once a minute and after a refusal.
/// </summary>
internal sealed class FileCredentials(Func<Credential> read, TimeProvider time) : CredentialSource
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private Credential? _cached;
    private long _readAt;

    public override bool CanRefresh => true;

    public override ValueTask<Credential> GetAsync(Credential? refused, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_cached is null || ReferenceEquals(_cached, refused) || time.GetElapsedTime(_readAt) >= Period)
            {
                _readAt = time.GetTimestamp();
                _cached = Reread();
            }

            return new(_cached);
        }
    }

    /// <summary>A file that is being replaced may be missing for a moment: then the last good credential goes on.</summary>
    private Credential Reread()
    {
        try
        {
            var fresh = read();
            // Unchanged certificates keep their instance, so that connections are not opened anew for nothing.
            return _cached is { } old
                && old.Authorization == fresh.Authorization
                && old.Certificate?.Thumbprint == fresh.Certificate?.Thumbprint
                ? old with { }
                : fresh;
        }
        catch (Exception e) when (_cached is not null && e is IOException or UnauthorizedAccessException or KubernetesConfigException)
        {
            return _cached! with { };
        }
    }
}
