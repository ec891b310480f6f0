namespace McpOperator.Signatures.Registry;

/// <summary>The registry sent more than such a thing may have.</summary>
internal sealed class ContentTooLargeException(string what, int most) : IOException($"{what} is larger than {most} bytes");
