using System.Net;
using McpOperator.Metrics;

namespace McpOperator.Host;

/// <summary>What the operator shows of itself: <c>/healthz</c> and <c>/readyz</c> on one port, <c>/metrics</c> on another.</summary>
internal sealed class OperatorFace(WebApplication app) : IAsyncDisposable
{
    /// <summary>Starts serving.</summary>
    /// <param name="options">Where to serve.</param>
    /// <param name="metrics">What <c>/metrics</c> shows.</param>
    /// <param name="isReady">Whether the cluster has been read.</param>
    public static async Task<OperatorFace> StartAsync(RunOptions options, MetricsRegistry metrics, Func<bool> isReady)
    {
        var (healthAt, metricsAt) = (Endpoint(options.HealthAddress, "--health-address"), Endpoint(options.MetricsAddress, "--metrics-address"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(healthAt);
            kestrel.Listen(metricsAt);
        });
        builder.Logging.ClearProviders();
        // The process is stopped by whoever started the command; the web server has no say in it.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        app.Run(context => (context.Connection.LocalPort == metricsAt.Port, context.Request.Path.Value) switch
        {
            (true, "/metrics") => WriteMetricsAsync(context, metrics),
            (false, "/healthz") => AnswerAsync(context, StatusCodes.Status200OK, "ok"),
            (false, "/readyz") => isReady() ? AnswerAsync(context, StatusCodes.Status200OK, "ok") : AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "the cluster has not been read yet"),
            _ => AnswerAsync(context, StatusCodes.Status404NotFound, "not found"),
        });
        await app.StartAsync();
        return new OperatorFace(app);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static async Task WriteMetricsAsync(HttpContext context, MetricsRegistry metrics)
    {
        context.Response.ContentType = PrometheusTextWriter.ContentType;
        PrometheusTextWriter.Write(metrics, context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text + "\n");
    }

    /// <summary>An address with a port, as a flag gives it.</summary>
    /// <exception cref="IOException">It is none.</exception>
    public static IPEndPoint Endpoint(string address, string flag) => IPEndPoint.TryParse(address, out var endpoint) && endpoint.Port > 0
        ? endpoint
        : throw new IOException($"{flag}: '{address}' is no address with a port; write one such as 0.0.0.0:8080.");
}
