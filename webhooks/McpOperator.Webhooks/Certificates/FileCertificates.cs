using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks.Certificates;

/// <summary>
/// A certificate that others look after, such as cert-manager: <c>tls.crt</c> and <c>tls.key</c> in a folder, read again when they
/// change. Whoever writes them also tells API servers whom to trust.
/// </summary>
internal sealed class FileCertificates(string folder, TimeProvider time, ILogger log) : ICertificateSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private string _text = "";
    private volatile X509Certificate2? _current;

    /// <inheritdoc/>
    public X509Certificate2? Current => _current;

    /// <inheritdoc/>
    public bool IsReady => _current is not null;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private void Look()
    {
        try
        {
            var pair = new PemPair(File.ReadAllText(Path.Combine(folder, "tls.crt")), File.ReadAllText(Path.Combine(folder, "tls.key")));
            if (_text != pair.Certificate + pair.Key)
            {
                _current = pair.LoadWithKey();
                _text = pair.Certificate + pair.Key;
                log.LogInformation("The webhooks serve with the certificate in {Folder}, which ends at {End:O}", folder, _current.NotAfter.ToUniversalTime());
            }

            WebhookMetrics.Remaining.Record((_current!.NotAfter - time.GetUtcNow()).TotalSeconds);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Half of a change: certificate and key are two files. The next look finds both.
            log.LogWarning("The certificate in {Folder} cannot be read; {What}: {Problem}", folder, _current is null ? "the webhooks cannot serve" : "the last good one stays", e.Message);
        }
    }
}
