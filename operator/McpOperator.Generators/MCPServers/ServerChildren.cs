namespace McpOperator.Generators.MCPServers;

/// <summary>Everything that one <c>MCPServer</c> becomes, in the order in which it is applied.</summary>
public static class ServerChildren
{
    /// <summary>
    /// Makes all children. The order matters: the proxy's rights and policy and the isolation rules stand before the workload, so that
    /// no pod ever runs without them; what they need no more goes after it.
    /// </summary>
    public static IReadOnlyList<Child> Make(ServerInput input) =>
    [
        ServiceAccountGenerator.Make(input),
        RoleGenerator.Make(input),
        RoleBindingGenerator.Make(input),
        .. VersionGenerator.Make(input),
        .. PolicyConfigMapGenerator.Make(input),
        SessionSecretGenerator.Make(input),
        NetworkPolicyGenerator.Make(input),
        .. WorkloadGenerator.Make(input),
        MetricsServiceGenerator.Make(input),
        ServiceMonitorGenerator.Make(input),
        .. LeftoverGenerator.Make(input),
    ];
}
