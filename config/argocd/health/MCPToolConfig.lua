local function is(status, message) return { status = status, message = message } end

if obj.status and obj.status.observedGeneration == obj.metadata.generation then
  for _, c in ipairs(obj.status.conditions or {}) do
    if c.type == "Valid" then
      if c.status == "True" then return is("Healthy", c.reason) end
      return is("Degraded", c.reason .. ": " .. (c.message or ""))
    end
  end
end
return is("Progressing", "The operator has not looked at this version yet.")
