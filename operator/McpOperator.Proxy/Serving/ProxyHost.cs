using System.Net;
using McpOperator.Api;
using McpOperator.Identity;
using McpOperator.Metrics;
using McpOperator.Policy;
using McpOperator.Proxy.Limits;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Sessions;
using McpOperator.Proxy.Surface;
using McpOperator.Proxy.Telemetry;
using McpOperator.Proxy.Translation;
using McpOperator.Proxy.Upstream;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;

namespace McpOperator.Proxy.Serving;

/// <summary>The running proxy: clients on one port, metrics and state on another.</summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    /// <summary>Marks connections that came to the port of metrics.</summary>
    private static readonly object StatePort = new();

    /// <summary>How long requests still come after the pod has begun to go: until every gateway has heard of it.</summary>
    private static readonly TimeSpan LameDuck = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;
    private readonly Drain _drain;

    private readonly TimeSpan _drainTimeout;

    private ProxyHost(WebApplication app, TimeSpan drainTimeout) => (_app, _drain, _drainTimeout) = (app, app.Services.GetRequiredService<Drain>(), drainTimeout);

    /// <summary>Where clients are served; for a port of 0 the one that was given.</summary>
    public IPEndPoint ClientAddress => Address(0);

    /// <summary>Where metrics and state are served.</summary>
    public IPEndPoint StateAddress => Address(1);

    /// <summary>The parts, for tests.</summary>
    internal IServiceProvider Services => _app.Services;

    /// <summary>Starts serving.</summary>
    /// <param name="options">How.</param>
    /// <param name="cluster">The API server with the policy; nothing: only the file is read.</param>
    /// <param name="audit">Where audit lines go.</param>
    /// <param name="environment">Looks up an environment variable; absent: there are none.</param>
    /// <exception cref="IOException">It cannot listen, or the environment makes no sense.</exception>
    public static async Task<ProxyHost> StartAsync(ServeOptions options, ClusterAccess? cluster, Stream audit, Func<string, string?>? environment = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // Nothing here blocks a thread, so a request needs not change threads on its way.
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true).ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Logging.SetMinimumLevel(options.LogLevel).AddFilter("Microsoft", LogLevel.Warning);
        // Else it makes a span for each request, whether anybody looks or not; Kestrel tells of failures, and our spans are our own.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddSimpleConsole(console =>
        {
            (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ ");
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        // Standard output belongs to audit lines.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        Register(builder.Services, options, cluster, audit);
        AddTracing(builder.Services, environment ?? (_ => null));

        var app = builder.Build();
        app.Services.GetRequiredService<PolicyFile>().Look();
        var (clients, state, drain) = (app.Services.GetRequiredService<ClientFace>(), app.Services.GetRequiredService<StateFace>(), app.Services.GetRequiredService<Drain>());
        app.Run(http => http.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(StatePort) == true ? state.HandleAsync(http) : drain.ServeAsync(() => clients.HandleAsync(http)));
        await app.StartAsync();
        return new ProxyHost(app, options.DrainTimeout);
    }

    /// <summary>Stops: not ready at once, streams ended, requests that are being answered finished.</summary>
    /// <param name="lameDuck">How long to go on taking requests; absent: until gateways will have heard.</param>
    public async Task StopAsync(TimeSpan? lameDuck = null)
    {
        _drain.Begin();
        await Task.Delay(lameDuck ?? LameDuck);
        var isDrained = await _drain.EndAsync(_drainTimeout);
        await _app.StopAsync(new CancellationToken(canceled: !isDrained));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Configure(KestrelServerOptions kestrel, ServeOptions options)
    {
        kestrel.AddServerHeader = false;
        // The body's own limit answers with a message; this one guards what is read before.
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes + 1L;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
        kestrel.Listen(options.Listen, listen => listen.Protocols = HttpProtocols.Http1);
        kestrel.Listen(options.MetricsListen, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                connection.Items[StatePort] = true;
                return next(connection);
            });
        });
    }

    private static void Register(IServiceCollection services, ServeOptions options, ClusterAccess? cluster, Stream audit)
    {
        services.AddSingleton(options).AddSingleton(TimeProvider.System).AddSingleton<Drain>();
        services.AddSingleton(provider => new PolicyStore(options.Namespace, TimeProvider.System, provider.GetRequiredService<ILogger<PolicyStore>>()));
        if (cluster is not null && options.Policy is { } policy)
        {
            services.AddSingleton(provider => new PolicyWatch(cluster, options.Namespace, policy, provider.GetRequiredService<PolicyStore>(), TimeProvider.System, provider.GetRequiredService<ILogger<PolicyWatch>>()));
            services.AddHostedService(provider => provider.GetRequiredService<PolicyWatch>());
            services.AddHostedService(provider => new AccessWatch(
                cluster, options.Namespace, provider.GetRequiredService<PolicyStore>(), provider.GetRequiredService<AccessStore>(), TimeProvider.System, provider.GetRequiredService<ILogger<AccessWatch>>()));
        }

        // Without an API server nobody has a grant; with one, nobody has been asked yet.
        services.AddSingleton(new AccessStore(cluster is null ? AccessTable.Empty : AccessTable.Unknown));
        services.AddSingleton<IssuerConnection>();
        services.AddSingleton(provider => new TokenValidator(new HttpMessageInvoker(provider.GetRequiredService<IssuerConnection>()), TimeProvider.System));
        services.AddSingleton<RateLimits>().AddSingleton<PodCounters>();
        services.AddSingleton(provider => new SharedCounters(
            provider.GetRequiredService<PolicyStore>(), options.LimitsLogin, TimeProvider.System, provider.GetRequiredService<ILogger<SharedCounters>>()));
        services.AddSingleton(provider => new PolicyFile(
            options.PolicyFile,
            provider.GetRequiredService<PolicyStore>(),
            () => provider.GetService<PolicyWatch>()?.IsWatching == true,
            TimeProvider.System,
            provider.GetRequiredService<ILogger<PolicyFile>>()));
        services.AddHostedService(provider => provider.GetRequiredService<PolicyFile>());

        services.AddSingleton(provider => new SessionKeys(options.SessionKeyFile, TimeProvider.System, provider.GetRequiredService<ILogger<SessionKeys>>()));
        services.AddHostedService(provider => provider.GetRequiredService<SessionKeys>());
        services.AddSingleton(provider =>
        {
            var policies = provider.GetRequiredService<PolicyStore>();
            return new SessionSeal(provider.GetRequiredService<SessionKeys>(), () => $"{options.Namespace}/{policies.Current?.Document.Server.Name}");
        });
        services.AddSingleton(_ => PodAddress.Of(options));

        services.AddSingleton<UpstreamClient>().AddSingleton<ServerState>().AddSingleton<SurfaceWatch>().AddSingleton<ToolListFilter>();
        services.AddSingleton<ServerProbe>().AddHostedService(provider => provider.GetRequiredService<ServerProbe>());
        services.AddSingleton<ProxyMetrics>();
        services.AddSingleton(provider => new AuditLog(audit, TimeProvider.System, provider.GetRequiredService<ProxyMetrics>()));
        services.AddHostedService(provider => provider.GetRequiredService<AuditLog>());
        services.AddSingleton(provider =>
        {
            var log = provider.GetRequiredService<ILogger<MetricsRegistry>>();
            return new MetricsRegistry([ProxyMetricNames.Meter], new MetricsOptions { MaxSeriesPerInstrument = 500, OnProblem = problem => log.LogWarning("{Problem}", problem) });
        });

        // The order of the stages is the order in which they run.
        services.AddSingleton<IStage, OriginStage>().AddSingleton<IStage, ServiceStage>().AddSingleton<IStage, ParseStage>();
        services.AddSingleton<IStage, IdentityStage>().AddSingleton<IStage, SessionStage>().AddSingleton<IStage, DecisionStage>().AddSingleton<IStage, LimitStage>();
        services.AddSingleton<MessageFilter>().AddSingleton<StreamRelay>().AddSingleton<AnswerRelay>().AddSingleton<Relay>().AddSingleton<PodHop>();
        services.AddSingleton<KeptSessions>().AddHostedService(provider => provider.GetRequiredService<KeptSessions>());
        services.AddSingleton<ServerSessions>().AddSingleton<SessionPool>().AddSingleton<WaitingRequests>();
        services.AddSingleton<SessionFront>().AddSingleton<EventStreamFront>().AddSingleton<StatelessFront>().AddSingleton<Translator>();
        services.AddSingleton<McpEndpoint>().AddSingleton<ClientFace>().AddSingleton<StateFace>();
    }

    private static void AddTracing(IServiceCollection services, Func<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(environment("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            services.AddHostedService(provider => SpanExport.Of(environment, TimeProvider.System, provider.GetRequiredService<ILogger<SpanExport>>())!);
        }
    }

    private IPEndPoint Address(int index)
    {
        var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(index));
        return new(IPAddress.Parse(address.Host), address.Port);
    }
}
