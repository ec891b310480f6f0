namespace McpOperator.Api;

/// <summary>Annotations that we write or read.</summary>
public static class Annotations
{
    /// <summary>On every child: the hash of what we applied. A different hash means that we changed our mind.</summary>
    public const string AppliedHash = "mcpoperator.io/applied-hash";

    /// <summary>On the policy object: the revision of the compiled policy in it.</summary>
    public const string PolicyRevision = "mcpoperator.io/policy-revision";

    /// <summary>
    /// On an <c>MCPServer</c>: a reviewer's decision, <c>approve:&lt;surfaceHash&gt;</c> or <c>reject:&lt;surfaceHash&gt;</c> about the
    /// version that waits, or <c>rollback:&lt;version&gt;</c> to one that was approved before.
    /// </summary>
    public const string Decision = "mcpoperator.io/decision";

    /// <summary>On an <c>MCPServer</c>: why the reviewer decided so.</summary>
    public const string DecisionReason = "mcpoperator.io/decision-reason";

    /// <summary>On an <c>MCPServer</c>: proves that admission saw the decision; written by admission.</summary>
    public const string DecisionSeal = "mcpoperator.io/decision-seal";

    /// <summary>
    /// On an <c>MCPServer</c> or an <c>MCPToolConfig</c>: who changed the spec, one name a line: the last one, and those before whose
    /// changes the operator had not settled yet. Stamped by admission.
    /// </summary>
    public const string ChangedBy = "mcpoperator.io/changed-by";

    /// <summary>On an <c>MCPServer</c>: who decided; stamped by admission.</summary>
    public const string DecidedBy = "mcpoperator.io/decided-by";

    /// <summary>On an <c>MCPAccessGrant</c>, by its owner: another value than before asks for a new secret of its OAuth client.</summary>
    public const string RotateSecret = "mcpoperator.io/rotate-secret";

    /// <summary>On the Secret with the keys that seal session ids: since when the present one does.</summary>
    public const string SessionKeySince = "mcpoperator.io/session-key-since";

    /// <summary>On the Secret of an OAuth client: a digest of the client's secret, by which we notice that it changed in Keycloak.</summary>
    public const string SecretDigest = "mcpoperator.io/secret-digest";

    /// <summary>Prefix of the autoscaler's annotations on a Knative revision.</summary>
    public const string KnativeAutoscaling = "autoscaling.knative.dev/";
}
