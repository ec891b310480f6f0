using McpOperator.Policy;

namespace McpOperator.Proxy.Pipeline;

/// <summary>Who calls. Nobody is known yet: where the policy asks for a token, the decision turns everybody away.</summary>
internal sealed class IdentityStage : IStage
{
    public ValueTask<Denial?> RunAsync(Exchange exchange, CancellationToken ct)
    {
        exchange.Caller = Caller.Anonymous;
        return default;
    }
}
