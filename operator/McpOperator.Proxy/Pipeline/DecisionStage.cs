using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Protocol;
using McpOperator.Proxy.Surface;

namespace McpOperator.Proxy.Pipeline;

/// <summary>
/// Decides about every message, and puts the server's own name in the place of the one that an override shows. In a batch, one message that
/// is refused refuses all: what is left could mean something else without it.
/// </summary>
internal sealed class DecisionStage(SurfaceWatch surface, TimeProvider time) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => new(exchange.OtherPod is null ? Run(exchange) : null);

    private Denial? Run(Exchange exchange)
    {
        if (exchange.Body.Messages.Count == 0)
        {
            return Entry(exchange);
        }

        Denial? refused = null;
        var edits = new JsonEdits(exchange.Payload);
        foreach (var message in exchange.Body.Messages)
        {
            refused ??= message.IsRequest(McpMethods.ToolsCall) ? Call(exchange, message, edits)
                // A notification gets no answer, so it would be executed without anybody having asked.
                : message.Method == McpMethods.ToolsCall ? Refusals.Malformed(new(JsonRpcErrors.InvalidRequest, $"'{McpMethods.ToolsCall}' is a request; give it an id"))
                : IsHarmless(message) ? Entry(exchange)
                : Other(exchange);
        }

        if (refused is null && !edits.IsEmpty)
        {
            exchange.Payload = edits.ToArray();
        }

        return refused;
    }

    private Denial? Call(Exchange exchange, JsonRpcMessage message, JsonEdits edits)
    {
        var value = JsonText.Member(message.Params, McpParams.Name);
        if (JsonText.Unquote(value) is not { Length: > 0 } tool)
        {
            return Refusals.Malformed(new(JsonRpcErrors.InvalidParams, "'params.name' is the tool's name"));
        }

        var policy = exchange.Policy.Table;
        var decision = AccessDecider.DecideTool(policy, exchange.Access, exchange.Caller, tool, time.GetUtcNow());
        var ownName = policy.Tools.Find(tool)?.Name;
        var reason = decision.Reason;
        if (decision.IsAllowed && surface.IsWithheld(exchange.Policy, ownName!, exchange.Session?.Upstream))
        {
            (decision, reason) = (decision with { IsAllowed = false, Reason = AccessReasons.UnknownTool }, ProxyReasons.SurfaceDrift);
        }

        exchange.Calls.Add(new(message, tool, ownName, decision) { Reason = reason });
        if (!decision.IsAllowed)
        {
            return Denial.Of(decision, tool);
        }

        if (exchange.Revision.MirrorsBody && surface.Current?.Find(ownName!) is { } definition && MirroredHeaders.Check(definition, message, exchange.Http.Request.Headers) is { } mismatch)
        {
            return mismatch;
        }

        if (ownName != tool)
        {
            edits.Replace(value, JsonObjectText.Quote(ownName!));
        }

        return null;
    }

    private Denial? Other(Exchange exchange) =>
        AccessDecider.DecideOther(exchange.Policy.Table, exchange.Access, exchange.Caller, time.GetUtcNow()) is { IsAllowed: false } decision ? Denial.Of(decision, null) : null;

    /// <summary>What everybody may do who may speak to the server at all.</summary>
    private static Denial? Entry(Exchange exchange) =>
        AccessDecider.DecideEntry(exchange.Policy.Table, exchange.Caller) is { IsAllowed: false } decision ? Denial.Of(decision, null) : null;

    /// <summary>Reads nothing of the server's and changes nothing outside the session.</summary>
    private static bool IsHarmless(JsonRpcMessage message) =>
        message.Kind == MessageKind.Response
        || message.Method is McpMethods.Initialize or McpMethods.Initialized or McpMethods.Ping or McpMethods.Discover or McpMethods.ToolsList
            or McpMethods.Cancelled or McpMethods.Progress or McpMethods.RootsListChanged or McpMethods.SetLevel;
}
