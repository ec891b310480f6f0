using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>The account as which the proxy speaks to the API server.</summary>
internal static class ServiceAccountGenerator
{
    public static Child Make(ServerInput input) => Child.Of(new V1ServiceAccount
    {
        Metadata = ChildMeta.For(input, ChildNames.Workload(input.Name())),
        // The proxy mounts its token by itself; the server's container must not get it.
        AutomountServiceAccountToken = false,
    });
}

/// <summary>What the proxy may do: read and watch the policies, grants and sessions of its server, and nothing else.</summary>
internal static class RoleGenerator
{
    public static Child Make(ServerInput input) => Child.Of(new V1Role
    {
        Metadata = ChildMeta.For(input, ChildNames.Workload(input.Name())),
        Rules =
        [
            new V1PolicyRule
            {
                ApiGroups = [""],
                Resources = ["configmaps"],
                ResourceNames = PolicyConfigMapGenerator.InUse(input),
                Verbs = ["get", "watch"],
            },
            // All that there may ever be: a new shard must not have to wait for new rights. It watches the index and gets what that names.
            new V1PolicyRule { ApiGroups = [""], Resources = ["configmaps"], ResourceNames = [ChildNames.Access(input.Name())], Verbs = ["get", "watch"] },
            new V1PolicyRule { ApiGroups = [""], Resources = ["configmaps"], ResourceNames = [.. AccessChildren.ShardNames(input.Name())], Verbs = ["get"] },
        ],
    });
}

/// <summary>Gives the proxy its role, under the account that the pod runs as.</summary>
internal static class RoleBindingGenerator
{
    public static Child Make(ServerInput input) => Child.Of(new V1RoleBinding
    {
        Metadata = ChildMeta.For(input, ChildNames.Workload(input.Name())),
        RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = ChildNames.Workload(input.Name()) },
        Subjects =
        [
            .. new[] { input, input.Candidate }.OfType<ServerInput>().Select(PodGenerator.AccountOf).Distinct()
                .Select(account => new Rbacv1Subject { Kind = "ServiceAccount", Name = account, NamespaceProperty = input.Server.Metadata.NamespaceProperty }),
        ],
    });
}
