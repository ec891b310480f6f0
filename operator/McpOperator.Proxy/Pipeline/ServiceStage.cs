using McpOperator.Policy;
using McpOperator.Proxy.Upstream;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Without a policy nothing is allowed, and before its handshake a server answers nobody.</summary>
internal sealed class ServiceStage(ServerState server) : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        if (!exchange.HasPolicy)
        {
            return new(Refusals.NoPolicy);
        }

        if (server.Profile is not { } profile)
        {
            return new(Refusals.NotReady);
        }

        exchange.SupportedRevisions = profile.Revisions;
        return default;
    }
}
