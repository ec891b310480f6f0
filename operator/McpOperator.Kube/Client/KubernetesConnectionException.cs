namespace McpOperator.Kube;

/// <summary>No answer from the API server: it is not there, did not answer in time, or the connection broke.</summary>
public sealed class KubernetesConnectionException : IOException
{
    internal KubernetesConnectionException(string message, Exception? cause) : base(message, cause)
    {
    }
}
