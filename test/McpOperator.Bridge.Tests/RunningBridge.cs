using System.Net;
using Microsoft.Extensions.Logging;

namespace McpOperator.Bridge.Tests;

/// <summary>A bridge on a free port of this machine, in front of <c>Server/server.pl</c>.</summary>
internal sealed class RunningBridge : IAsyncDisposable
{
    private readonly BridgeServer _bridge;
    private readonly ILoggerFactory _logs;

    private RunningBridge(BridgeOptions options)
    {
        _logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log));
        _bridge = new(options, _logs);
    }

    /// <summary>What it has logged.</summary>
    public Recorder Log { get; } = new();

    public Uri Address => new($"http://127.0.0.1:{_bridge.Port}/mcp");

    /// <summary>The server's command.</summary>
    public static string[] Server(params string[] arguments) => ["perl", Path.Combine(AppContext.BaseDirectory, "Server/server.pl"), .. arguments];

    /// <summary>Starts one.</summary>
    /// <param name="change">What is not as usual: here things go quickly, and idle sessions stay.</param>
    /// <param name="server">The server's arguments.</param>
    public static async Task<RunningBridge> StartAsync(Func<BridgeOptions, BridgeOptions>? change = null, params string[] server)
    {
        var options = new BridgeOptions
        {
            Command = Server(server),
            Listen = new(IPAddress.Loopback, 0),
            StopPatience = TimeSpan.FromMilliseconds(500),
            FirstBackOff = TimeSpan.FromMilliseconds(200),
            DrainTimeout = TimeSpan.FromSeconds(5),
        };
        var bridge = new RunningBridge(change?.Invoke(options) ?? options);
        await bridge._bridge.StartAsync(CancellationToken.None);
        return bridge;
    }

    /// <summary>A client that has not said anything yet.</summary>
    public BridgeClient Client() => new(Address);

    /// <summary>A client with an open session.</summary>
    public async Task<BridgeClient> OpenAsync(string revision = "2025-11-25")
    {
        var client = Client();
        await client.InitializeAsync(revision);
        return client;
    }

    public Task StopAsync() => _bridge.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _bridge.DisposeAsync();
        _logs.Dispose();
        // Shown when the test fails.
        TestContext.Out.WriteLine(string.Join('\n', Log.Lines.TakeLast(100)));
    }

    internal sealed class Recorder : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add($"{formatter(state, exception)}{exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}
