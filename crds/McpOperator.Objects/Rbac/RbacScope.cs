namespace McpOperator.Objects;

/// <summary>Where a right is needed.</summary>
public enum RbacScope
{
    /// <summary>In the namespaces that the operator looks after: all, or the one of <c>--namespace</c>.</summary>
    Watched,

    /// <summary>In the whole cluster, however many namespaces it looks after.</summary>
    Cluster,

    /// <summary>In the namespace in which the operator runs.</summary>
    Own,
}
