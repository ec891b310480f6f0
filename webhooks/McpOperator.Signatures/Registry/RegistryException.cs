namespace McpOperator.Signatures.Registry;

/// <summary>The registry did not give what was asked for. The message is ours: nothing of the registry's answer stands in it.</summary>
/// <param name="reason">One of <see cref="Api.Reasons"/>: RegistryUnreachable, RegistryDenied or RegistryNotTrusted.</param>
/// <param name="message">What happened and how to mend it.</param>
internal sealed class RegistryException(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;
}
