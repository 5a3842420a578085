# Fit one function of robustbase or rrcov: Rscript r_process.R NAME N P X.bin FIT.bin
# Rows are little-endian doubles, column by column; written are location, then covariance.
arguments <- commandArgs(trailingOnly = TRUE)
name <- arguments[1]
n <- as.integer(arguments[2])
p <- as.integer(arguments[3])
X <- matrix(readBin(arguments[4], "double", n * p, endian = "little"), n, p)
set.seed(0)
if (name == "covMcd") {
  fit <- robustbase::covMcd(X)
  location <- fit$center
  covariance <- fit$cov
} else if (name == "covOGK") {
  fit <- robustbase::covOGK(X, sigmamu = robustbase::s_Qn)
  location <- fit$wcenter
  covariance <- fit$wcov
} else {
  fit <- if (name == "CovSest") rrcov::CovSest(X, method = "sdet") else rrcov::CovMMest(X)
  location <- rrcov::getCenter(fit)
  covariance <- rrcov::getCov(fit)
}
out <- file(arguments[5], "wb")
writeBin(c(as.double(location), as.double(covariance)), out, endian = "little")
close(out)
