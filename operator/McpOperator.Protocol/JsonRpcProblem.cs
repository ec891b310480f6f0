namespace McpOperator.Protocol;

/// <summary>Why a body is no message that we pass on.</summary>
/// <param name="Code">The JSON-RPC error code, from <see cref="JsonRpcErrors"/>.</param>
/// <param name="Message">What is wrong, and where.</param>
public sealed record JsonRpcProblem(int Code, string Message);
