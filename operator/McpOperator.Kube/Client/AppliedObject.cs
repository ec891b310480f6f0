namespace McpOperator.Kube;

/// <summary>What the API server keeps after a write.</summary>
/// <param name="Uid">The object's identity.</param>
/// <param name="ResourceVersion">The object's version; the same as before when the write changed nothing.</param>
/// <param name="Generation">The version of its desired state; 0 where the kind counts none.</param>
public readonly record struct AppliedObject(string Uid, string ResourceVersion, long Generation);
