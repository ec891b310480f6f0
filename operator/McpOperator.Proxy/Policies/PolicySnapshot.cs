using McpOperator.Policy;

namespace McpOperator.Proxy.Policies;

/// <summary>A policy in force, with everything that is computed from it once.</summary>
/// <param name="table">The policy as every call asks for it.</param>
/// <param name="revision">The name of its content.</param>
/// <param name="source">Where it was read.</param>
/// <param name="appliedAt">Since when it is in force.</param>
internal sealed class PolicySnapshot(PolicyTable table, string revision, string source, DateTimeOffset appliedAt)
{
    public PolicyTable Table => table;

    public PolicyDocument Document => table.Document;

    public string Revision => revision;

    public string Source => source;

    public DateTimeOffset AppliedAt => appliedAt;

    /// <summary>Whose it is: the server's namespace and name.</summary>
    public string Server { get; } = $"{table.Document.Server.Namespace}/{table.Document.Server.Name}";

    /// <summary>Names and words of tools.</summary>
    public ToolRewrites Rewrites { get; } = new(table.Document.Tools);
}
