namespace McpOperator.TestKit;

/// <summary>This machine cannot run pods; the message says why.</summary>
public sealed class NoNodeException(string why) : Exception(why)
{
    /// <summary>The exit code by which <c>hack/cluster.sh</c> says so.</summary>
    internal const int ExitCode = 4;
}
