# Evaluates cases (a design, calls on it) with R's `survey` and writes what it answers, in the shape that
# `python run.py bench estimates` compares. Arguments: the cases, the folder of the data, the file for the answers.
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
cases <- fromJSON(arguments[1], simplifyVector = FALSE)
for (file in list.files(arguments[2], pattern = "[.]csv$", full.names = TRUE)) {
  assign(sub("[.]csv$", "", basename(file)), read.csv(file, stringsAsFactors = TRUE))
}
bare <- function(x) unname(as.vector(x))
shown <- function(found) {
  kind <- class(found)[1]
  if (kind == "svyttest") {
    return(list(t = bare(found$statistic), df = bare(found$parameter), p = bare(found$p.value),
                estimate = bare(found$estimate)))
  }
  if (kind %in% c("svystat", "svrepstat")) {
    value <- list(names = I(names(coef(found))), estimate = I(bare(coef(found))), se = I(bare(SE(found))))
    effect <- attr(found, "deff")
    if (!is.null(effect)) value$deff <- I(bare(if (is.matrix(effect)) diag(effect) else effect))
    return(value)
  }
  if (kind == "svyciprop") return(list(p = bare(found), ci = bare(attr(found, "ci"))))
  if (kind == "svyratio") return(list(ratio = bare(coef(found)), se = bare(SE(found))))
  if (kind == "svyby") return(list(group = as.character(found[[1]]), estimate = bare(coef(found)), se = bare(SE(found))))
  if (kind == "newsvyquantile") {
    table <- found[[1]]
    return(list(q = I(bare(table[, "quantile"])), se = I(bare(table[, "se"])),
                lo = I(bare(table[, "ci.2.5"])), hi = I(bare(table[, "ci.97.5"]))))
  }
  if (kind == "htest") {
    return(list(statistic = bare(found$statistic), parameter = I(bare(found$parameter)), p = bare(found$p.value)))
  }
  if (is.list(found)) return(lapply(found, shown))
  found
}
answered <- lapply(cases, function(each) {
  d <- eval(parse(text = each$design))
  value <- shown(eval(parse(text = if (is.null(each$r)) each$r_call else each$r)))
  list(design = each$design, r_call = each$r_call, value = value)
})
write(toJSON(list(cases = answered), digits = I(17), auto_unbox = TRUE), arguments[3])
