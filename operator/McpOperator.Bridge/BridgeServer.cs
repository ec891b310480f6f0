using McpOperator.Bridge.Http;
using McpOperator.Bridge.Processes;
using McpOperator.Bridge.Sessions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOperator.Bridge;

/// <summary>
/// Serves stdio servers over streamable HTTP. It is Kestrel alone, without a host around it: there is nothing to configure or inject,
/// and it starts in milliseconds.
/// </summary>
public sealed class BridgeServer : IAsyncDisposable
{
    /// <summary>Under what it logs.</summary>
    public const string LogCategory = "bridge";

    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);

    private readonly BridgeOptions _options;
    private readonly ILogger _logger;
    private readonly ProcessReaper _reaper;
    private readonly SessionTable _sessions;
    private readonly McpEndpoint _endpoint;
    private readonly SocketTransportFactory _transport;
    private readonly KestrelServer _server;
    private readonly Timer _pulse;

    /// <param name="options">How to serve.</param>
    /// <param name="logs">Where to log.</param>
    public BridgeServer(BridgeOptions options, ILoggerFactory logs)
    {
        _options = options;
        _logger = logs.CreateLogger(LogCategory);
        _reaper = new(options.ReapsStrangers);
        _sessions = new(options, new(_reaper), _logger);
        _endpoint = new(options, _sessions);
        _transport = new(Options.Create(new SocketTransportOptions()), logs);
        _server = new(Options.Create(Kestrel(options)), _transport, logs);
        _pulse = new(_ => _sessions.Tick(), null, Pulse, Pulse);
    }

    /// <summary>The port that is served, once it is; it differs from the wanted one if that was 0.</summary>
    public int Port { get; private set; }

    /// <summary>Begins to serve.</summary>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        await _server.StartAsync(new Application(_endpoint, _logger), ct);
        var address = _server.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
        Log.Serving(_logger, _options.Command[0], $"{_options.Listen.Address}:{Port}", McpEndpoint.Path);
    }

    /// <summary>Opens no more sessions, waits for requests under way, and ends all processes.</summary>
    public async Task StopAsync()
    {
        _endpoint.IsStopping = true;
        Log.Stopping(_logger, _endpoint.Underway);
        var deadline = Environment.TickCount64 + (long)_options.DrainTimeout.TotalMilliseconds;
        while (_endpoint.Underway > 0 && Environment.TickCount64 < deadline)
        {
            await Task.Delay(20);
        }

        await _sessions.DisposeAsync();
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _pulse.DisposeAsync();
        await _sessions.DisposeAsync();
        _server.Dispose();
        _reaper.Dispose();
    }

    private static KestrelServerOptions Kestrel(BridgeOptions options)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
        kestrel.Listen(options.Listen, listen => listen.Protocols = HttpProtocols.Http1);
        return kestrel;
    }

    private sealed class Application(McpEndpoint endpoint, ILogger logger) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }

        public async Task ProcessRequestAsync(HttpContext context)
        {
            try
            {
                await endpoint.HandleAsync(context);
            }
            catch (Exception e) when (e is OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException && context.RequestAborted.IsCancellationRequested)
            {
                // The client has gone.
            }
            catch (Exception e) when (e is not Microsoft.AspNetCore.Http.BadHttpRequestException)
            {
                Log.RequestFailed(logger, e);
                throw;
            }
        }
    }
}
