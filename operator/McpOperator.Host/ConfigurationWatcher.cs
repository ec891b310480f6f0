using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Cli;
using McpOperator.Manifests;
using McpOperator.Reconcilers;
using Microsoft.Extensions.Logging;

namespace McpOperator.Host;

/// <summary>
/// The configuration file, read again when it changes. A bad file leaves the last good configuration in force, and says so. The file is
/// looked at rather than watched: a mounted ConfigMap is swapped by a symbolic link, of which file notifications tell unreliably.
/// </summary>
internal sealed class ConfigurationWatcher : IConfigurationSource, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string? _path;
    private readonly ILogger _log;
    private readonly ITimer? _timer;
    private string _text = "";

    /// <summary>Reads the file.</summary>
    /// <exception cref="ManifestException">The file is bad; there is no last good one yet.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ConfigurationWatcher(string? path, TimeProvider time, ILogger log)
    {
        (_path, _log) = (path, log);
        Current = new OperatorConfiguration();
        if (path is not null)
        {
            _text = File.ReadAllText(path);
            Current = ConfigurationFile.Parse(_text, path);
            _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);
        }
    }

    /// <inheritdoc/>
    public OperatorConfiguration Current { get; private set; }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        try
        {
            var text = File.ReadAllText(_path!);
            if (text == _text)
            {
                return;
            }

            _text = text;
            Current = ConfigurationFile.Parse(text, _path!);
            _log.LogInformation("{Event}: {File}", EventReasons.ConfigurationReloaded, _path);
            Changed?.Invoke();
        }
        catch (Exception e) when (e is ManifestException or IOException or UnauthorizedAccessException)
        {
            _log.LogError("{Event}: the last good configuration stays in force: {Problem}", EventReasons.ConfigurationRejected, e.Message);
        }
    }
}
