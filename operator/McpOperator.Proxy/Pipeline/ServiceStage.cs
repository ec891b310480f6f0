using McpOperator.Policy;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Without a policy nothing is allowed, and before its handshake a server answers nobody.</summary>
internal sealed class ServiceStage(ServerState server) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct) => new(
        !exchange.HasPolicy ? Refusals.NoPolicy
        : server.Profile is null ? Refusals.NotReady
        : null);
}
