namespace McpOperator.Proxy.Policies;

/// <summary>
/// The policy in a mounted file: what a proxy starts with, and lives on while the API server cannot be reached. Looked at rather than
/// watched, because a mounted ConfigMap is swapped by a symbolic link.
/// </summary>
internal sealed class PolicyFile(string path, PolicyStore store, Func<bool> isWatched, TimeProvider time, ILogger<PolicyFile> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private string _problem = "";

    /// <summary>Reads the file once.</summary>
    public void Look()
    {
        try
        {
            store.Offer(File.ReadAllText(path), path);
            _problem = "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_problem != e.Message)
            {
                log.LogWarning("The policy file cannot be read: {Problem}", _problem = e.Message);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            // The kubelet brings changes to a file up to a minute later than a watch: an older one must not replace a newer one.
            if (!isWatched())
            {
                Look();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
