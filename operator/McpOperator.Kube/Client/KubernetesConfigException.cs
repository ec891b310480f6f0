namespace McpOperator.Kube;

/// <summary>The configuration does not lead to an API server. The message names the file, the context and the fix.</summary>
public sealed class KubernetesConfigException : Exception
{
    internal KubernetesConfigException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}
