using System.Diagnostics;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Pipeline;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Telemetry;
using McpOperator.Proxy.Translation;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Serving;

/// <summary>Takes a client's request through the stages to the server and its answer back, and records what became of it.</summary>
internal sealed class McpEndpoint(
    IEnumerable<IStage> stages, Relay relay, Translator translator, EventStreamFront events, PodHop hop, ServerState server, PolicyStore policies, ProxyMetrics metrics, AuditLog audit, Drain drain, ILogger<McpEndpoint> log)
{
    private readonly IStage[] _stages = [.. stages];

    /// <summary>Answers a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="isEventStream">Whether it came to the paths of HTTP+SSE rather than to the one of streamable HTTP.</param>
    public async Task HandleAsync(HttpContext http, bool isEventStream)
    {
        var exchange = new Exchange(http, policies.Current) { Activity = TraceContext.Start(http.Request), IsEventStream = isEventStream };
        if (isEventStream)
        {
            exchange.Revision = ProtocolRevision.V20241105;
        }

        metrics.Begin();
        var ct = http.RequestAborted;
        try
        {
            exchange.Denial = await RunAsync(exchange, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The client hung up, which cancels what it asked for.
        }
        catch (OperationCanceledException) when (drain.HasBegun)
        {
            // A stream without end has been ended.
        }
        catch (Exception e)
        {
            exchange.Denial = Failure(e, exchange);
        }

        try
        {
            if (exchange.Denial is { } denial && !ct.IsCancellationRequested)
            {
                await RefuseAsync(exchange, denial, ct);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Nobody is there to read it.
        }
        finally
        {
            End(exchange);
            audit.Write(exchange);
        }
    }

    private async Task<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        foreach (var stage in _stages)
        {
            if (await stage.RunAsync(exchange, ct) is { } denial)
            {
                return denial;
            }
        }

        if (exchange.OtherPod is null && Missing(exchange) is { } missing)
        {
            return missing;
        }

        if (!IsEndless(exchange))
        {
            return await AnswerAsync(exchange, ct);
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, drain.Streams);
        return await AnswerAsync(exchange, end.Token);
    }

    private Task<Denial?> AnswerAsync(Exchange exchange, CancellationToken ct) =>
        exchange.OtherPod is not null ? hop.RunAsync(exchange, ct)
        : exchange.IsEventStream ? HttpMethods.IsGet(exchange.Http.Request.Method) ? events.StreamAsync(exchange, ct) : events.PostAsync(exchange, ct)
        : Translator.IsNeeded(exchange, server.Profile!) ? translator.RunAsync(exchange, ct)
        : relay.RunAsync(exchange, ct);

    /// <summary>What a client of HTTP+SSE does not get as an HTTP status it reads on its stream.</summary>
    private async Task RefuseAsync(Exchange exchange, Denial denial, CancellationToken ct)
    {
        if (!exchange.IsEventStream || denial.HttpStatus != StatusCodes.Status200OK || !await events.RefuseAsync(exchange, Answers.Message(exchange, denial)))
        {
            await Answers.WriteAsync(exchange, denial, ct);
        }
    }

    /// <summary>What the client's revision does not have: GET and DELETE without sessions.</summary>
    private static Denial? Missing(Exchange exchange)
    {
        var method = exchange.Http.Request.Method;
        var isPost = HttpMethods.IsPost(method);
        return !isPost && !HttpMethods.IsGet(method) && !HttpMethods.IsDelete(method) ? Refusals.MethodNotAllowed
            : exchange.IsEventStream ? HttpMethods.IsDelete(method) ? Refusals.MethodNotAllowed : null
            : !isPost && exchange.Revision.IsStateless ? Refusals.MethodNotAllowed
            : null;
    }

    private static bool IsEndless(Exchange exchange) => HttpMethods.IsGet(exchange.Http.Request.Method) || exchange.Asks(McpMethods.Listen);

    private Denial Failure(Exception e, Exchange exchange)
    {
        log.LogDebug(e, "{Method} failed", exchange.Method);
        switch (e)
        {
            case BadHttpRequestException bad:
                return new(bad.StatusCode, JsonRpcErrors.InvalidRequest, ProxyReasons.Malformed, bad.Message);
            case TimeoutException:
                return Refusals.UpstreamTimeout;
            case FormatException:
                return Refusals.UpstreamMalformed(e.Message);
            case HttpRequestException or IOException or OperationCanceledException or ServerSessionException:
                return Refusals.UpstreamFailed;
            default:
                log.LogError(e, "{Method} failed by a mistake of the proxy's own", exchange.Method);
                return Refusals.Failed;
        }
    }

    private void End(Exchange exchange)
    {
        metrics.End(exchange);
        if (exchange.Activity is { } activity)
        {
            var method = McpMethods.IsKnown(exchange.Method) ? exchange.Method : ProxyMetricNames.Other;
            activity.DisplayName = exchange.Calls is [{ } call] ? $"{method} {call.Tool}" : method;
            activity.SetTag(ProxyMetricNames.McpMethodName, method);
            activity.SetTag(ProxyMetricNames.ToolName, exchange.Calls is [{ } one] ? one.Tool : null);
            if (ProxyMetrics.Outcome(exchange) is var outcome and not ProxyMetricNames.Ok)
            {
                activity.SetTag(ProxyMetricNames.ErrorType, exchange.Denial?.Reason ?? outcome);
                activity.SetStatus(ActivityStatusCode.Error);
            }

            activity.Dispose();
        }
    }
}
