namespace McpOperator.Signatures.Keyless;

/// <summary>A proof that is missing or does not hold. The message says which, and reads on after "the signature ".</summary>
internal sealed class ProofException(string message) : Exception(message);
