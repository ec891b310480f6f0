using McpOperator.Policy;

namespace McpOperator.Proxy.Policies;

/// <summary>Grants and sessions in force. A request takes them once and keeps them to its end.</summary>
/// <param name="first">What holds before any have been read.</param>
internal sealed class AccessStore(AccessTable first)
{
    private volatile AccessTable _current = first;

    /// <summary>What is in force.</summary>
    public AccessTable Current => _current;

    /// <summary>The revision that is in force; empty before the first.</summary>
    public string Revision { get; private set; } = "";

    /// <summary>Why a part is closed, or something newer is not in force; nothing when all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Puts grants and sessions into force.</summary>
    public void Put(AccessTable table, string revision, string? problem) => (_current, Revision, Problem) = (table, revision, problem);

    /// <summary>Notes that something newer cannot be used.</summary>
    public void Reject(string problem) => Problem = problem;
}
