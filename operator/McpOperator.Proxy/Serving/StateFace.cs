using System.Buffers;
using System.Text.Json;
using McpOperator.Api;
using McpOperator.Identity;
using McpOperator.Metrics;
using McpOperator.Policy;
using McpOperator.Proxy.Limits;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Surface;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Serving;

/// <summary>What Prometheus and the operator see, on a port that no client reaches.</summary>
internal sealed class StateFace(MetricsRegistry metrics, PolicyStore policies, AccessStore access, TokenValidator tokens, SharedCounters counters, SurfaceWatch surface, ServerState server, ServerProbe probe, Drain drain)
{
    /// <summary>Answers a request.</summary>
    public Task HandleAsync(HttpContext http) => http.Request.Path.Value switch
    {
        ProxyPaths.Health => Text.WriteAsync(http, StatusCodes.Status200OK, "ok"),
        ProxyPaths.Metrics => WriteMetricsAsync(http),
        ProxyPaths.Policy => WriteAsync(http, policies.Current is not null, WritePolicy),
        ProxyPaths.Surface => WriteAsync(http, surface.Current is not null, WriteSurface),
        ProxyPaths.Drain => drain.HoldAsync(http),
        _ => Text.WriteAsync(http, StatusCodes.Status404NotFound, "not found"),
    };

    private async Task WriteMetricsAsync(HttpContext http)
    {
        http.Response.ContentType = PrometheusTextWriter.ContentType;
        await PrometheusTextWriter.WriteAsync(metrics, http.Response.Body, http.RequestAborted);
    }

    private static async Task WriteAsync(HttpContext http, bool isThere, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        http.Response.StatusCode = isThere ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }

    private void WritePolicy(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (policies.Current is { } policy)
        {
            writer.WriteString("revision", policy.Revision);
            writer.WriteString("source", policy.Source);
            writer.WriteString("appliedAt", policy.AppliedAt.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
        }

        if (policies.Problem is { } problem)
        {
            writer.WriteString("problem", problem);
        }

        writer.WriteStartObject("access");
        writer.WriteString("revision", access.Revision);
        writer.WriteNumber("sessions", access.Current.Sessions);
        if ((access.Problem ?? access.Current.Problem) is { } accessProblem)
        {
            writer.WriteString("problem", accessProblem);
        }

        writer.WriteEndObject();
        if (counters.Address is { } address)
        {
            writer.WriteStartObject("limits");
            writer.WriteString("shared", address);
            if (counters.Problem is { } limitsProblem)
            {
                writer.WriteString("problem", limitsProblem);
            }

            writer.WriteEndObject();
        }

        if (tokens.IssuerProblem is { } issuerProblem)
        {
            writer.WriteString("issuerProblem", issuerProblem);
        }

        writer.WriteEndObject();
    }

    private void WriteSurface(Utf8JsonWriter writer)
    {
        if (surface.Current is { } observed)
        {
            observed.WriteTo(writer, surface.Withheld, server.Profile);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("schema", SurfaceReport.CurrentSchema);
        writer.WriteString("problem", probe.Problem);
        writer.WriteEndObject();
    }
}
